/** Mails while several servers look into one outbox: each leaves once. */
import { readdir } from 'node:fs/promises';
import { mailFolder } from '../../../../sync-server/mail/transport.ts';
import type { Cluster } from '../../../support/cluster.ts';
import type { Findings } from '../../check.ts';
import { within } from '../../killing/deciding.ts';

const count = 60;

async function sent({ members, side }: Cluster): Promise<string[]> {
  const folders = [...members.map(({ dataDir }) => dataDir), side.config.dataDir].map(mailFolder);
  const names = await Promise.all(folders.map((folder) => readdir(folder).catch(() => [])));
  return names.flat().filter((name) => name.endsWith('.eml'));
}

export async function sendMails(cluster: Cluster, findings: Findings): Promise<void> {
  const { commit, mail, pool } = cluster.side.deps;
  const mails = Array.from({ length: count }, (_, number) => ({
    portalId: null,
    recipient: `reader-${number}@example.com`,
    subject: 'News',
    body: 'There is news.',
  }));
  await commit((change) => mail(change, mails));
  const allSent = async (): Promise<void> => {
    for (;;) {
      const { rows } = await pool.query('select 1 from mail_outbox where sent_at is null limit 1');
      if (rows.length === 0) return;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  await within(allSent(), 'every mail to be sent');
  const names = await sent(cluster);
  const different = new Set(names).size;
  if (different < count) findings.add('lost', `${count - different} of ${count} mails were not sent`);
  if (names.length > different) findings.add('doubled', `${names.length - different} mails were sent twice`);
}
