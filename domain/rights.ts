/** Which admin may do what. Checked when an intent is applied, from the session's admin, never from the message. */
import type { Role } from './entities.ts';
import type { Action, TargetKind } from './states.ts';

/** What an admin's rights follow from. */
export interface Rights {
  readonly role: Role;
  /** What a product owner is limited to; says nothing for other roles. */
  readonly productIds: readonly string[];
}

/**
 * Whether a role decides this at all. Reviewers decide everything but deletion of developers and applications, which takes
 * others' work with it and is an owner's. Product owners decide registrations, and nothing else. Viewers decide nothing.
 */
export function mayDecide(role: Role, action: Action, kind: TargetKind): boolean {
  switch (role) {
    case 'owner':
      return true;
    case 'reviewer':
      return action !== 'delete' || kind === 'registration' || kind === 'credential';
    case 'product-owner':
      return kind === 'registration';
    case 'viewer':
      return false;
  }
}

/** Whether what belongs to this product is there at all for this admin; null is a product that nobody knows any more. */
export function seesProduct({ role, productIds }: Rights, productId: string | null): boolean {
  return role !== 'product-owner' || (productId !== null && productIds.includes(productId));
}
