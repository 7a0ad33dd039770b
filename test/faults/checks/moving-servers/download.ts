/** A snapshot, each part of it over a connection of its own: the manifest here, the chunks there. */
import { createHash } from 'node:crypto';
import { request } from 'node:http';
import { adminPaths } from '../../../../domain/wire/admin.ts';
import { manifestSchema } from '../../../../domain/wire/snapshot.ts';

interface Answer {
  readonly status: number;
  readonly body: Buffer;
}

/** On a connection that nobody shares, so that the balancer sends it to the next server. */
function get(server: string, path: string, token: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${token}` };
    const asking = request(new URL(path, server), { agent: false, headers }, (answer) => {
      const parts: Buffer[] = [];
      answer.on('data', (part: Buffer) => parts.push(part));
      answer.on('error', reject);
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, body: Buffer.concat(parts) }));
    });
    asking.on('error', reject);
    asking.end();
  });
}

/** What is wrong with the download, or null; and by how many requests it was told. */
export async function download(server: string, token: string): Promise<string | null> {
  const first = await get(server, adminPaths.snapshot, token);
  if (first.status !== 200) return `the manifest was answered ${first.status}`;
  const manifest = manifestSchema.parse(JSON.parse(first.body.toString()));
  // Twice in a row, as when a load is gone on with.
  for (const { number, sha256 } of [...manifest.chunks, ...manifest.chunks]) {
    const { status, body } = await get(server, adminPaths.chunk(manifest.id, number), token);
    if (status !== 200) return `chunk ${number} was answered ${status}`;
    if (createHash('sha256').update(body).digest('hex') !== sha256) return `chunk ${number} has other bytes`;
  }
  return null;
}
