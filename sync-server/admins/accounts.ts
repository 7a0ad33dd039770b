/** Admin accounts: a world of their own, apart from developers (rule 5). */
import { randomBytes } from 'node:crypto';
import type { Role, Row } from '../../domain/entities.ts';
import { GatehouseError } from '../../domain/errors.ts';
import { textSchema } from '../../domain/text.ts';
import type { Cause, Change, Commit } from '../changelog/commit.ts';
import { newId } from '../config/deps.ts';
import type { Db } from '../db/schema.ts';
import { hashPassword } from '../passwords/passwords.ts';

export interface NewAdmin {
  readonly email: string;
  readonly name: string;
  readonly role: Role;
  /** For a product owner only, and then at least one. */
  readonly productIds?: readonly string[];
  readonly password: string;
}

/** Some shape of an address; `admin@localhost` is one. */
const emailSchema = textSchema.max(254).regex(/^[^\s@]+@[^\s@]+$/, 'is not an e-mail address');

export const firstAdminEmail = 'admin@localhost';
const minPassword = 8;

export function normalisedAdminEmail(email: string): string {
  return email.normalize('NFKC').trim().toLowerCase();
}

/** Throws `password_weak`. */
export function requireAdminPassword(password: string): void {
  if ([...password].length < minPassword) throw new GatehouseError('password_weak');
}

/** Adds an admin. Throws `admin_taken`, `password_weak`, or `invalid_input` for what is no e-mail address. */
export async function createAdmin(
  change: Change,
  clock: () => number,
  { email, name, role, productIds = [], password }: NewAdmin,
  cause: Cause,
): Promise<Row<'admin'>> {
  const address = normalisedAdminEmail(email);
  const shaped = emailSchema.safeParse(address);
  if (!shaped.success) {
    throw new GatehouseError('invalid_input', {
      fields: [{ field: 'email', reason: 'is not an e-mail address' }],
    });
  }
  requireAdminPassword(password);
  if (await findAdmin(change.db, address)) throw new GatehouseError('admin_taken');
  const row: Row<'admin'> = {
    id: newId(clock),
    portalId: null,
    email: address,
    name,
    role,
    productIds: productsFor(role, productIds),
    revision: 1,
    createdAt: change.now,
  };
  await change.put('admin', [row], cause);
  const passwordHash = await hashPassword(password);
  await change.db.insertInto('adminSecrets').values({ adminId: row.id, passwordHash }).execute();
  return row;
}

/** Sorted, each once. Throws `invalid_input` for a product owner without products, and for products of another role. */
export function productsFor(role: Role, productIds: readonly string[]): string[] {
  if ((role === 'product-owner') !== productIds.length > 0) {
    const reason = role === 'product-owner' ? 'names at least one product' : 'is for product owners only';
    throw new GatehouseError('invalid_input', { fields: [{ field: 'products', reason }] });
  }
  return [...new Set(productIds)].sort();
}

export interface KnownAdmin {
  readonly id: string;
  readonly passwordHash: string | null;
  readonly deactivatedAt: string | null;
}

/** The admin with this address and the verifier of their password, where there is one. */
export async function findAdmin(db: Db, email: string): Promise<KnownAdmin | undefined> {
  return db
    .selectFrom('admins')
    .leftJoin('adminSecrets', 'adminSecrets.adminId', 'admins.id')
    .select(['admins.id', 'adminSecrets.passwordHash', 'adminSecrets.deactivatedAt'])
    .where((eb) => eb.fn<string>('lower', ['admins.email']), '=', normalisedAdminEmail(email))
    .executeTakeFirst();
}

/** Letters and digits that are not mistaken for each other: 32, so that five bits choose one. */
const legible = 'abcdefghijkmnpqrstuvwxyz23456789';

/** Four groups of five characters, 100 bits. */
export function generatePassword(): string {
  const characters = Array.from(randomBytes(20), (byte) => legible.charAt(byte & 31)).join('');
  return characters.replace(/(.{5})(?=.)/g, '$1-');
}

/**
 * The first owner, where there is no admin yet. The password is in the answer and nowhere else: whoever starts the
 * server shows it once.
 */
export async function ensureFirstAdmin(
  commit: Commit,
  clock: () => number,
): Promise<{ readonly email: string; readonly password: string } | null> {
  return commit(async (change) => {
    const any = await change.db.selectFrom('admins').select('id').limit(1).executeTakeFirst();
    if (any) return null;
    const password = generatePassword();
    const admin = { email: firstAdminEmail, name: 'First admin', role: 'owner', password } as const;
    await createAdmin(change, clock, admin, { actor: 'system' });
    return { email: firstAdminEmail, password };
  });
}
