/** Every secret of a whole run, looked for in everything that the product keeps. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { textOf } from '../../../../sync-server/mail/eml.ts';
import { serverFolder } from '../../../support/whole.ts';
import { collectFindings, type Check, type Run, type Tally } from '../../check.ts';
import { mailsIn } from './mails.ts';
import { scanFolder, type Hit } from './scan.ts';
import { runWhole } from './whole-run.ts';

/** What must have left a trace, or the search looked at nothing: at least so many files and secrets. */
const leastFiles = 500;
const leastCanaries = 25;

export const secretsCanary: Check = {
  name: 'secrets-canary',
  property:
    'no secret lies in a database, journal, log, document, snapshot, backup or mail, except in the one mail that carries it',
  unit: 'files',
  cases: 1,
  few: 1,
  run: async (_run: Run): Promise<Tally> => {
    const findings = collectFindings();
    const folder = await serverFolder();
    try {
      const { canaries, mailTokens } = await runWhole(folder);
      const { files, hits } = await scanFolder(folder, canaries);
      if (files < leastFiles) throw new Error(`only ${files} files: the run left too little`);
      if (canaries.length < leastCanaries) throw new Error(`only ${canaries.length} secrets were known`);
      for (const hit of hits.filter((one) => !isMeant(one, mailTokens))) {
        findings.add('unauthorised', `${hit.canary.name} (${hit.encoding}) in ${hit.file}`);
      }
      const mails = (await mailsIn(join(folder, 'server/mail'))).map(textOf);
      for (const token of mailTokens) {
        const carriers = mails.filter((mail) => mail.includes(token)).length;
        if (carriers !== 1) findings.add('unauthorised', `a mail's token is in ${carriers} mails`);
      }
      return findings.tally(files);
    } finally {
      await rm(folder, { recursive: true, force: true, maxRetries: 20 });
    }
  },
};

function isMeant({ canary, file }: Hit, mailTokens: readonly string[]): boolean {
  return file.startsWith('server/mail/') && mailTokens.includes(canary.bytes.toString('latin1'));
}
