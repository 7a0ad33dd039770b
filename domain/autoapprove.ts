/**
 * Auto-approve never undoes a human: where this developer, or the same normalised e-mail, has a rejected, revoked or
 * admin-deleted record for the portal, application or version, the request waits for an admin instead (rules 7, 8, 31).
 */

/** What is remembered of earlier requests for the same thing by the same person. */
export interface EarlierRecord {
  readonly state: string;
  /** Who deleted it, where it was deleted: `admin:<id>`, `developer:<id>`, null where it stands. */
  readonly deletedBy: string | null;
}

/** Whether a record tells of a human's no. */
export function isHumanNo(record: EarlierRecord): boolean {
  return (
    record.state === 'rejected' ||
    record.state === 'revoked' ||
    (record.deletedBy?.startsWith('admin:') ?? false)
  );
}

/** The state a new request starts in. */
export function initialState(
  autoApprove: boolean,
  history: readonly EarlierRecord[],
): 'approved' | 'pending' {
  return autoApprove && !history.some(isHumanNo) ? 'approved' : 'pending';
}

/** Who is recorded as having decided an automatic approval. */
export const autoApproveActor = 'rule:auto-approve';

/**
 * One person, however the address is typed: lower case, Unicode-normalised, without a `+tag`, and without dots where
 * the provider ignores them.
 */
export function normalisedEmail(email: string): string {
  const [local = '', domain = ''] = splitAtLast(email.normalize('NFKC').trim().toLowerCase(), '@');
  const untagged = local.split('+')[0] ?? local;
  const ignoresDots = domain === 'gmail.com' || domain === 'googlemail.com';
  return `${ignoresDots ? untagged.replaceAll('.', '') : untagged}@${ignoresDots ? 'gmail.com' : domain}`;
}

function splitAtLast(text: string, separator: string): [string, string] {
  const at = text.lastIndexOf(separator);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}
