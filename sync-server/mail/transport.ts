/** How a mail leaves: by SMTP where that is configured, else as a file in the data folder. */
import { chmod, mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createTransport } from 'nodemailer';
import type { Config } from '../config/config.ts';

export interface OutgoingMail {
  /** The outbox row's id; also the message's, so that a mail sent twice is seen once. */
  readonly id: string;
  readonly recipient: string;
  readonly subject: string;
  readonly body: string;
}

/** Settles once the mail is handed over for good, else throws. */
export interface MailTransport {
  send(mail: OutgoingMail): Promise<void>;
  close(): void;
}

type MailConfig = Pick<Config, 'dataDir' | 'smtpUrl' | 'mailFrom'>;

export function createMailTransport(config: MailConfig): MailTransport {
  return config.smtpUrl === null
    ? folderTransport(mailFolder(config.dataDir), config.mailFrom)
    : smtpTransport(config.smtpUrl, config.mailFrom);
}

function message(mail: OutgoingMail, from: string) {
  return {
    from,
    to: { name: '', address: mail.recipient },
    subject: mail.subject,
    text: mail.body,
    messageId: `<${mail.id}@gatehouse>`,
    // No vacation notices in answer.
    headers: { 'auto-submitted': 'auto-generated' },
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}

function smtpTransport(url: string, from: string): MailTransport {
  const smtp = createTransport({
    url,
    pool: true,
    maxConnections: 2,
    connectionTimeout: 10_000,
    greetingTimeout: 10_000,
    socketTimeout: 30_000,
  });
  return {
    async send(mail) {
      await smtp.sendMail(message(mail, from));
    },
    close: () => {
      smtp.close();
    },
  };
}

/** Where mails lie as `.eml` files when there is no SMTP server. */
export function mailFolder(dataDir: string): string {
  return join(dataDir, 'mail');
}

/** Files hold links that sign people in, so only this account may read them. */
function folderTransport(folder: string, from: string): MailTransport {
  const composer = createTransport({ streamTransport: true, buffer: true });
  return {
    async send(mail) {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      await chmod(folder, 0o700);
      const { message: eml } = await composer.sendMail(message(mail, from));
      if (!Buffer.isBuffer(eml)) throw new Error('the mail was not composed into a buffer');
      const path = join(folder, `${mail.id}.eml`);
      await writeFile(`${path}.part`, eml, { mode: 0o600 });
      await rename(`${path}.part`, path);
    },
    close: () => {
      composer.close();
    },
  };
}
