/** The tree of commands. Each is loaded when it is asked for. */
import { createRequire } from 'node:module';
import { defineCommand } from 'citty';
import { z } from 'zod';

const manifest: unknown = createRequire(import.meta.url)('../../package.json');
const { version } = z.object({ version: z.string() }).parse(manifest);

export const root = defineCommand({
  meta: { name: 'gatehouse', version, description: 'Runs and administers a developer portal' },
  subCommands: {
    server: () => import('./commands/server.ts').then((module) => module.server),
    desk: () => import('./commands/desk.ts').then((module) => module.desk),
    gateway: () => import('./commands/gateway.ts').then((module) => module.gateway),
    apply: () => import('./commands/apply.ts').then((module) => module.apply),
    demo: () => import('./commands/demo.ts').then((module) => module.demo),
    admin: () => import('./commands/admin.ts').then((module) => module.admin),
    developer: () => import('./commands/developer.ts').then((module) => module.developer),
    audit: () => import('./commands/audit.ts').then((module) => module.audit),
    token: () => import('./commands/token.ts').then((module) => module.token),
    webhook: () => import('./commands/webhook.ts').then((module) => module.webhook),
    backup: () => import('./commands/backup.ts').then((module) => module.backup),
    secrets: () => import('./commands/secrets.ts').then((module) => module.secrets),
    restore: () => import('./commands/restore.ts').then((module) => module.restore),
  },
});
