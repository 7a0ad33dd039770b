/** The moments at which something is killed: each a place on a decision's way, seen from outside on the wire. */
import type { Moment } from './relay.ts';

/** On which wire a moment is seen. */
export type Wire = 'database' | 'sync';

export interface NamedMoment {
  readonly name: string;
  readonly wire: Wire;
  /** Made anew for each use: some moments depend on what has passed before. */
  readonly watch: () => Moment;
}

const asks = (text: string) => (): Moment => (direction, chunk) =>
  direction === 'there' && chunk.includes(text);

/** The first answer after something was asked: done over there, and nobody here knows. */
const answers = (text: string) => (): Moment => {
  let asked = false;
  return (direction, chunk) => {
    if (direction === 'there' && chunk.includes(text)) asked = true;
    return asked && direction === 'back';
  };
};

/** PostgreSQL's protocol ends a statement's text with a zero byte. */
const commit = 'commit\0';

export const databaseMoments: readonly NamedMoment[] = [
  { name: 'the head is about to be locked', wire: 'database', watch: asks('for update') },
  { name: 'the log is about to be written', wire: 'database', watch: asks('insert into change_log') },
  { name: 'the commit is about to reach the database', wire: 'database', watch: asks(commit) },
  { name: 'the commit is durable, and nobody knows', wire: 'database', watch: answers(commit) },
];

/** Smaller chunks are pings and acknowledgements of TCP's users. */
const small = 64;

export const syncMoments: readonly NamedMoment[] = [
  {
    name: 'the intents are on their way',
    wire: 'sync',
    watch: () => (direction, chunk) => direction === 'there' && chunk.length > small,
  },
  {
    name: 'the outcomes are on their way',
    wire: 'sync',
    watch: () => (direction, chunk) => direction === 'back' && chunk.length > small,
  },
];
