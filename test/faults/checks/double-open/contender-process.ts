/** A desk as a process of its own that opens a folder at the moment it is told, and records a decision once it has it. */
import { GatehouseError } from '../../../../domain/errors.ts';
import { openDesk, type OpenDesk } from '../../../../main/core/desk.ts';
import { fileDisk } from '../../../../main/core/journal/disk.ts';
import { systemClock, systemRandom } from '../../../../main/core/ports.ts';
import { memorySecrets } from '../../../../main/core/session/secrets.ts';
import { decision, openOwn } from '../journal-torn/journal.ts';
import { journalIn } from './contender.ts';
import { orderSchema, type Word } from './words.ts';

const say = (word: Word): void => void process.send?.(word);
let desk: OpenDesk | null = null;

async function open(folder: string): Promise<Word> {
  try {
    desk = await openDesk({
      dataDir: folder,
      server: 'http://localhost:1',
      hold: 0,
      clock: systemClock,
      random: systemRandom,
      secrets: memorySecrets(),
      // The race is over before a copy is needed.
      launch: () => ({
        send: () => undefined,
        onMessage: () => undefined,
        onClose: () => undefined,
        kill: () => undefined,
      }),
      openBrowser: async () => false,
      deviceName: 'contender',
    });
  } catch (error) {
    return { t: 'refused', code: error instanceof GatehouseError ? error.code : String(error) };
  }
  const journal = await openOwn(fileDisk(journalIn(folder)));
  const entry = decision();
  await journal.record([entry]);
  await journal.close();
  return { t: 'open', intent: entry.t === 'intent' ? entry.intent.id : '' };
}

process.on('message', (message) => {
  const order = orderSchema.parse(message);
  if (order.t === 'close') {
    const closing = desk?.close() ?? Promise.resolve();
    desk = null;
    void closing.then(() => say({ t: 'closed' }));
    return;
  }
  // Asleep until the moment, processes would wake one after the other.
  while (Date.now() < order.at);
  void open(order.folder).then(say);
});
say({ t: 'ready' });
