/**
 * `/dev/mail`: in development without an SMTP server, the mails that would have been sent. Never elsewhere: they hold
 * links that sign people in.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FastifyPluginAsync } from 'fastify';
import { z } from 'zod';
import { GatehouseError } from '../../domain/errors.ts';
import type { Config } from '../config/config.ts';
import type { Deps } from '../config/deps.ts';
import { isOwnHost } from '../http/hosts.ts';
import { parse } from '../http/parse.ts';
import { textOf } from './eml.ts';
import { mailFolder } from './transport.ts';

/** Whether this server shows its mails on a page. */
export function hasMailPage(config: Pick<Config, 'development' | 'smtpUrl'>): boolean {
  return config.development && config.smtpUrl === null;
}

const listed = 100;
const policy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'";
const params = z.strictObject({ id: z.uuid() });

export function mailPage({ db, config }: Pick<Deps, 'db' | 'config'>): FastifyPluginAsync {
  return async (app) => {
    if (!hasMailPage(config)) return;

    // The mails sign people in: a page of elsewhere must not read them through a developer's browser.
    app.addHook('onRequest', async ({ headers }) => {
      if (!isOwnHost(headers.host, config.publicUrl)) throw new GatehouseError('host_refused');
    });

    app.addHook('onSend', async (_request, reply) => {
      void reply.header('content-security-policy', policy).header('cache-control', 'no-store');
    });

    app.get('/dev/mail', async (_request, reply) => {
      const mails = await db
        .selectFrom('mailOutbox')
        .select(['id', 'recipient', 'subject', 'createdAt'])
        .where('sentAt', 'is not', null)
        .orderBy('id', 'desc')
        .limit(listed)
        .execute();
      const rows = mails.map(
        ({ id, recipient, subject, createdAt }) =>
          `<tr><td>${escape(createdAt.slice(0, 16).replace('T', ' '))}<td>${escape(recipient)}<td><a href="/dev/mail/${id}">${escape(subject)}</a>`,
      );
      const list =
        rows.length > 0
          ? `<table>${rows.join('')}</table>`
          : '<p>No mail yet. What the server sends, such as the link after a sign-up, shows here.</p>';
      return html(reply, page('Mail', list));
    });

    app.get('/dev/mail/:id', async (request, reply) => {
      const { id } = parse(params, request.params);
      const mail = await db
        .selectFrom('mailOutbox')
        .select(['recipient', 'subject', 'createdAt'])
        .where('id', '=', id)
        .executeTakeFirst();
      const eml = await readFile(join(mailFolder(config.dataDir), `${id}.eml`), 'utf8').catch(() => null);
      if (!mail || eml === null) throw new GatehouseError('not_found');
      const head = `<p>To ${escape(mail.recipient)}, ${escape(mail.createdAt)}</p>`;
      const back = '<p><a href="/dev/mail">All mail</a></p>';
      return html(reply, page(mail.subject, `${head}<pre>${linked(textOf(eml))}</pre>${back}`));
    });
  };
}

interface Replies {
  type(value: string): { send(body: string): unknown };
}

function html(reply: Replies, body: string): unknown {
  return reply.type('text/html; charset=utf-8').send(body);
}

const style = `:root{color-scheme:light dark;font:16px/1.5 system-ui,sans-serif}
body{margin:0;padding:2rem 1rem;background:light-dark(#f5f5f8,#111116);color:light-dark(#1b1b22,#ececf2)}
main{max-width:60rem;margin:auto}h1{font-size:1.5rem}p{color:light-dark(#5a5a69,#a6a6b6)}a{color:light-dark(#4340bd,#acabff)}
table,pre{width:100%;box-sizing:border-box;border:1px solid light-dark(#d9dce3,#2d323e);border-radius:12px;
background:light-dark(#fff,#18181e);border-spacing:0}
td{padding:.625rem 1rem;overflow-wrap:anywhere}tr+tr td{border-top:1px solid light-dark(#d9dce3,#2d323e)}
td:first-child{white-space:nowrap;color:light-dark(#5a5a69,#a6a6b6);font-variant-numeric:tabular-nums}
pre{margin:1rem 0;padding:1.25rem;white-space:pre-wrap;overflow-wrap:anywhere;font:inherit}`;

function page(title: string, content: string): string {
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark"><title>${escape(title)}</title>
<style>${style}</style>
<main><h1>${escape(title)}</h1>${content}</main></html>
`;
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? '');
}

/** Escaped text whose web addresses are links. */
function linked(text: string): string {
  return text
    .split(/(https?:\/\/[^\s<>"']+)/)
    .map((part, index) => (index % 2 === 1 ? `<a href="${escape(part)}">${escape(part)}</a>` : escape(part)))
    .join('');
}
