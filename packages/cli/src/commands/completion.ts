import { Command, Argument } from 'commander';
import type { Shell } from '../shell.ts';

/** Words by command: `device` → add, list, …; `device add` → --type, … */
type Words = ReadonlyMap<string, readonly string[]>;

const GLOBAL_OPTIONS = '--json --server --ca --help';

/** `updraft completion SHELL` */
export function completionCommand(shell: Shell, wordsOf: (shell: Shell) => Promise<Words>): Command {
  return new Command('completion')
    .summary('completion for your shell')
    .description(
      'Prints a script that completes commands and options. For bash: source <(updraft completion bash), for instance in ~/.bashrc; for zsh after "autoload -U bashcompinit; bashcompinit" in ~/.zshrc.',
    )
    .addArgument(new Argument('<shell>', 'your shell').choices(['bash', 'zsh']))
    .action(async () => {
      shell.stdout.write(bashScript(await wordsOf(shell)));
    });
}

/** One script for both shells: zsh runs it through bashcompinit. */
function bashScript(words: Words): string {
  const cases = [...words].map(
    ([path, list]) => `    '${path}') words='${[...list, ...(path === '' ? [] : [GLOBAL_OPTIONS])].join(' ')}' ;;`,
  );
  return `_updraft() {
  local word path='' words='' at
  for ((at = 1; at < COMP_CWORD && at < 3; at++)); do
    word="\${COMP_WORDS[at]}"
    [[ "$word" == -* ]] && break
    path="\${path:+$path }$word"
  done
  case "$path" in
${cases.join('\n')}
    *) words='${GLOBAL_OPTIONS}' ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _updraft updraft
`;
}
