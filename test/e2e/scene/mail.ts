/** Mails as the server wrote them, where no SMTP is configured. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface Mail {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
}

function header(source: string, name: string): string {
  return new RegExp(`^${name}: (.*)$`, 'im').exec(source)?.[1]?.trim() ?? '';
}

/** Lines that were folded or encoded for transport, as one reads them. */
function decoded(body: string): string {
  return body
    .replace(/=\r?\n/g, '')
    .replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

export async function mailsTo(dataDir: string, address: string): Promise<Mail[]> {
  const folder = join(dataDir, 'mail');
  const names = await readdir(folder).catch(() => []);
  const sources = await Promise.all(
    names
      .filter((name) => name.endsWith('.eml'))
      .sort()
      .map((name) => readFile(join(folder, name), 'utf8')),
  );
  return sources
    .map((source) => ({
      to: header(source, 'To'),
      subject: header(source, 'Subject'),
      text: decoded(source.slice(source.search(/\r?\n\r?\n/))),
    }))
    .filter(({ to }) => to.includes(address));
}
