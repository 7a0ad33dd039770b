/** `gatehouse server` */
import { fileURLToPath } from 'node:url';
import { defineCommand } from 'citty';
import { letGo, sayReady, untilStopped } from '../lifetime.ts';
import { databaseFlags, databaseOptions } from '../options.ts';

/** Where `npm run build` puts them, whatever folder this is started in. */
const builtPages = fileURLToPath(new URL('../../../out/portal', import.meta.url));

export const server = defineCommand({
  meta: {
    name: 'server',
    description: 'Serves portals, admins and gateways; needs nothing but a folder, or a PostgreSQL',
  },
  args: {
    ...databaseOptions,
    port: { type: 'string', valueHint: 'N', description: 'Port to listen on (GATEHOUSE_PORT, else 8080)' },
    host: {
      type: 'string',
      valueHint: 'ADDRESS',
      description: 'Address to listen on (GATEHOUSE_HOST, else 127.0.0.1)',
    },
    'public-url': {
      type: 'string',
      valueHint: 'URL',
      description: 'How people reach it (GATEHOUSE_PUBLIC_URL, else http://localhost:PORT)',
    },
    'pages-dir': { type: 'string', valueHint: 'DIR', description: 'Where the built portal pages are' },
    development: { type: 'boolean', description: 'Shows the mails that it would send at /dev/mail' },
    log: {
      type: 'enum',
      options: ['silent', 'error', 'warn', 'info', 'debug', 'trace'],
      default: 'info',
      description: 'How much to log',
    },
  },
  async run({ args }) {
    const { startServer } = await import('../../server.ts');
    const failure = Promise.withResolvers<never>();
    // Heard below; a failure while starting is thrown by startServer itself.
    failure.promise.catch(() => undefined);
    const stopped = untilStopped();
    const running = await startServer({
      flags: {
        ...databaseFlags(args),
        port: args.port,
        host: args.host,
        publicUrl: args['public-url'],
        pagesDir: args['pages-dir'] ?? process.env['GATEHOUSE_PAGES_DIR'] ?? builtPages,
        development: args.development,
      },
      logLevel: args.log,
      onFailure: failure.reject,
    });
    const { url, config, firstAdmin } = running;
    try {
      if (process.send) sayReady({ url, publicUrl: config.publicUrl, firstAdmin });
      else greet(config.publicUrl, firstAdmin);
      await Promise.race([stopped, failure.promise]);
    } finally {
      await running.close();
      letGo();
    }
  },
});

/** On standard error: standard output is the log. */
function greet(
  publicUrl: string,
  firstAdmin: { readonly email: string; readonly password: string } | null,
): void {
  const lines = [`Gatehouse is at ${publicUrl}. Ctrl+C stops it.`];
  if (firstAdmin) {
    lines.push(
      `First admin: ${firstAdmin.email}, password ${firstAdmin.password}`,
      'The password is shown this once. Sign in with the desk: gatehouse desk',
    );
  }
  process.stderr.write(`${lines.join('\n')}\n`);
}
