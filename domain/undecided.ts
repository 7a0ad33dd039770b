/** A row on which nobody has decided, as its request begins. */
export const undecided = {
  revision: 1,
  contentRevision: 1,
  decidedRevision: 0,
  decidedBy: null,
  decidedAt: null,
  decidedAction: null,
  reason: null,
} as const;
