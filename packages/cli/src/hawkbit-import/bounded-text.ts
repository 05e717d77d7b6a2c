import { CliError } from '../cli-error.ts';

/** The text of an answer, read no further than `maxBytes`. */
export async function boundedText(response: Response, maxBytes: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    if (bytes > maxBytes)
      throw new CliError(
        'unreachable',
        'answer-too-large',
        `An answer has more than ${maxBytes} bytes; nothing reads that.`,
      );
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
