import { Command, Option } from 'commander';
import { withExamples } from '../help-page.ts';
import { repeatable } from '../option-values.ts';
import { printerOf } from '../command-printer.ts';
import type { Shell } from '../shell.ts';
import { createInto } from './bundle-create.ts';
import type { CreateOptions } from './bundle-create.ts';
import { inspect } from './bundle-inspect.ts';
import { verify } from './bundle-verify.ts';
import type { VerifyOptions } from './bundle-verify.ts';

const CREATE_DESCRIPTION = `Makes a signed SWUpdate bundle (.swu). No server is needed, and no network.
The key may be on another machine: with --detached what has to be signed is written beside --out, and the command to sign it there is printed; with --signature the signature is read back, checked and put in.`;

/** `updraft bundle …` */
export function bundleCommand(shell: Shell): Command {
  const bundle = new Command('bundle')
    .summary('make, read and check signed update files')
    .description('Update files for SWUpdate (.swu). All of it works without a server and without a network.');
  bundle.addCommand(createCommand(shell));
  bundle.addCommand(inspectCommand(shell));
  bundle.addCommand(verifyCommand(shell));
  return bundle;
}

function createCommand(shell: Shell): Command {
  const command = new Command('create')
    .summary('make a signed bundle')
    .description(CREATE_DESCRIPTION)
    .requiredOption('--out <file>', 'the bundle to write; it appears whole or not at all')
    .option('--version <version>', 'the version of the software')
    .option(
      '--hardware <board:rev...>',
      'the hardware it is for, as in swupdate -H; REV may be #RE: and a regular expression',
    )
    .option('--image <file...>', 'images of partitions')
    .option('--file <file=path>', 'a file and where it goes on the device; repeatable', repeatable)
    .option('--archive <file=path>', 'a tar archive and the folder it is unpacked into; repeatable', repeatable)
    .option('--script <file...>', 'scripts to run (.lua: in SWUpdate, else by the shell)')
    .option('--key <file>', 'the private key of the signer, in PEM')
    .option('--cert <file...>', 'the certificate of the signer, in PEM')
    .option('--detached', 'the key is elsewhere: write what has to be signed')
    .option('--signature <file>', 'the signature that was made elsewhere (CMS, DER): check it and put it in');
  return withExamples(
    deviceOptions(command).action(async (options: CreateOptions, self: Command) =>
      createInto(printerOf(shell, self), options),
    ),
    [
      'updraft key new --out-key release.key --out-cert release.pem',
      'updraft bundle create --image rootfs.img --version 2.1.0 --hardware board-a:1.0 --device /dev/mmcblk0p2 \\',
      '    --key release.key --cert release.pem --out gateway-os-2.1.0.swu',
      '',
      'Two slots, chosen on the device by "swupdate -e stable,b":',
      'updraft bundle create --image rootfs.img --version 2.1.0 --hardware board-a:1.0 --compress zstd \\',
      '    --selection stable,a=/dev/mmcblk0p2 --selection stable,b=/dev/mmcblk0p3 \\',
      '    --bootenv stable,a:slot=a --bootenv stable,b:slot=b --key release.key --cert release.pem --out os.swu',
      '',
      'The key on another machine:',
      'updraft bundle create --image rootfs.img --version 2.1.0 --hardware board-a:1.0 --detached --out os.swu',
      'updraft bundle create --signature sw-description.sig --cert release.pem --out os.swu',
    ],
  );
}

/** What the images become on the device. */
function deviceOptions(command: Command): Command {
  return command
    .option('--device <path>', 'where the image goes; with several images IMAGE=PATH, repeatable', repeatable)
    .option(
      '--selection <set,mode=path>',
      'one of several places, chosen on the device; with several images SET,MODE=IMAGE:PATH, repeatable',
      repeatable,
    )
    .option(
      '--bootenv <name=value>',
      'a variable of the boot loader; SET,MODE:NAME=VALUE for one selection, repeatable',
      repeatable,
    )
    .option('--type <handler>', "SWUpdate's handler of the images", 'raw')
    .addOption(new Option('--compress <how>', 'compress the images').choices(['zlib', 'zstd']))
    .option('--encrypt <keyfile>', 'encrypt the images with AES-CBC; the file holds the key in hex, as for swupdate -K')
    .option('--installed-directly', 'write the images while they arrive, without a copy on the device')
    .addOption(
      new Option('--install-if <when>', 'compare the version with what is installed (needs --name)').choices([
        'different',
        'higher',
      ]),
    )
    .option('--name <name>', 'the name of the images in sw-versions')
    .option('--description <text>', 'a description of the bundle')
    .addOption(new Option('--format <format>', 'the form of the cpio archive').choices(['crc', 'newc']).default('crc'));
}

function inspectCommand(shell: Shell): Command {
  return new Command('inspect')
    .summary('tell what is in a bundle')
    .description(
      'Lists components, versions, hardware, sizes, hashes, signers, and the scripts that it would run. Nothing of it is verified by looking; a bundle of which a part cannot be read ends with status 1.',
    )
    .argument('<file>', 'the bundle')
    .action(async (file: string, _: object, self: Command) => inspect(printerOf(shell, self), file));
}

function verifyCommand(shell: Shell): Command {
  const command = new Command('verify')
    .summary('check a bundle as SWUpdate would')
    .description(
      'Says good exactly where SWUpdate with these certificates would accept the bundle, else bad with a code and a sentence. Exit status: 0 good, 1 bad, 2 wrong use: a file that cannot be read, or a certificate that is none.',
    )
    .argument('[file]', 'the bundle')
    .requiredOption('--cert <file...>', 'the certificates that are trusted, in PEM; a file may hold several')
    .option('--hardware <board:rev...>', 'check for this hardware; without, for all that the bundle names')
    .option('--selection <set,mode>', 'check this selection; without, all that the bundle has')
    .action(async (file: string | undefined, options: VerifyOptions, self: Command) =>
      verify(printerOf(shell, self), file, options),
    );
  return withExamples(command, ['updraft bundle verify gateway-os-2.1.0.swu --cert release.pem']);
}
