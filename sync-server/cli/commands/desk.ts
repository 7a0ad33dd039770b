/** `gatehouse desk` */
import { defineCommand } from 'citty';
import { UsageError } from '../exits.ts';
import { letGo, sayReady, untilStopped } from '../lifetime.ts';
import { wholeNumber } from '../number.ts';

export const desk = defineCommand({
  meta: {
    name: 'desk',
    description: 'Opens the admin’s desk: in Electron where it is installed, else in a browser window',
  },
  args: {
    server: {
      type: 'string',
      valueHint: 'URL',
      default: 'http://localhost:8080',
      description: 'The server it works with, now or when it can be reached',
    },
    'data-dir': {
      type: 'string',
      valueHint: 'DIR',
      default: '.data/desk',
      description: 'Where its copy and its journal of decisions are',
    },
    port: {
      type: 'string',
      valueHint: 'N',
      default: '0',
      description: 'Port of its pages on 127.0.0.1; 0 takes a free one',
    },
    open: {
      type: 'boolean',
      default: true,
      description: 'Opens a window',
      negativeDescription: 'Only prints the address',
    },
    hold: {
      type: 'string',
      valueHint: 'SECONDS',
      default: '10',
      description: 'How long decisions rest, to be undone, before they leave',
    },
  },
  async run({ args }) {
    const port = wholeNumber('port', args.port, 0, 65_535);
    const hold = wholeNumber('hold', args.hold, 0, 3_600) * 1_000;
    if (!URL.canParse(args.server)) throw new UsageError(`--server is an address, not "${args.server}".`);
    const { startDesk } = await import('../../../main/desk-command.ts');
    const stopped = untilStopped();
    const running = await startDesk({
      server: args.server,
      dataDir: args['data-dir'],
      port,
      open: args.open,
      hold,
    });
    try {
      const { host, url, opened } = running;
      sayReady({ host, url, opened });
      if (!process.send && url !== null) {
        // It holds the launch token: for the terminal, never for a log.
        process.stderr.write(opened ? `The desk is open at ${url}\n` : `Open the desk: ${url}\n`);
      }
      await Promise.race([stopped, running.ended]);
    } finally {
      await running.close();
      letGo();
    }
  },
});
