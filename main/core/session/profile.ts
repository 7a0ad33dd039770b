/** What a desk remembers of its admins at one server, without secrets: who, on which device, and how far in time. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { z } from 'zod';
import { adminSchema } from '../../../domain/wire/admin.ts';
import { readJson, writeWhole } from '../files.ts';
import { serial } from '../serial.ts';

const profileSchema = z.strictObject({
  server: z.string(),
  /** Who works here; null after a sign-out. Stays when the session merely ends. */
  admin: adminSchema.nullable(),
  /** Admin id → the device that the server issued to that admin on this desk. */
  devices: z.record(z.uuid(), z.uuid()),
  /** The highest epoch seen: an older server is not believed. */
  epoch: z.int().min(0),
});
export type ProfileData = z.infer<typeof profileSchema>;

export interface Profile {
  readonly data: ProfileData;
  /** The present admin's device, or null. */
  device(): string | null;
  change(part: Partial<Omit<ProfileData, 'server'>>): Promise<void>;
}

/** Opens the profile for `server` (an origin) in `dataDir`; a damaged file counts as none. */
export async function openProfile(dataDir: string, server: string): Promise<Profile> {
  const name = createHash('sha256').update(server).digest('hex').slice(0, 16);
  const path = join(dataDir, `profile-${name}.json`);
  const found = profileSchema.safeParse(await readJson(path));
  const inTurn = serial();
  let data: ProfileData = found.success ? found.data : { server, admin: null, devices: {}, epoch: 0 };
  return {
    get data() {
      return data;
    },
    device: () => (data.admin ? (data.devices[data.admin.id] ?? null) : null),
    change: (part) => {
      data = { ...data, ...part };
      return inTurn(() => writeWhole(path, JSON.stringify(data, null, 2)));
    },
  };
}
