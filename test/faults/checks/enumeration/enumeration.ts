/**
 * Nobody learns from outside whether an account exists, or in which state it is: neither by the words of an answer nor by
 * the time that it takes. Asked in random order on one server in one run, so that a busy machine is as slow for all.
 */
import { randomOf, type Random } from '../../../../sync-server/demo/random.ts';
import { collectFindings, type Check, type Findings, type Run, type Tally } from '../../check.ts';
import { openServer, type Asked } from './people.ts';
import { questionsTo, type Answer, type Question } from './questions.ts';
import { difference } from './ranks.ts';

/** How often one account is asked about: fewer than the server lets pass. */
const asksAnAccount = 4;

interface Ask {
  readonly question: Question;
  readonly kind: string;
  readonly email: string;
}

function shuffled<T>(items: readonly T[], random: Random): T[] {
  const left = [...items];
  for (let last = left.length - 1; last > 0; last--) {
    const other = random.below(last + 1);
    const [a, b] = [left[last], left[other]];
    if (a !== undefined && b !== undefined) [left[last], left[other]] = [b, a];
  }
  return left;
}

async function plan(asked: Asked, questions: readonly Question[], cases: number): Promise<Ask[]> {
  const kinds = questions.flatMap((question) =>
    Object.entries(question.kinds).map(([kind, make]) => ({ question, kind, make })),
  );
  const asks: Ask[] = [];
  const each = Math.ceil(cases / kinds.length);
  for (const { question, kind, make } of kinds) {
    let email = '';
    for (let n = 0; n < each; n++) {
      // A sign-up makes somebody of nobody.
      const fresh = n % asksAnAccount === 0 || (kind === 'nobody' && question.name.startsWith('sign-up'));
      if (fresh) email = await make(asked);
      asks.push({ question, kind, email });
    }
  }
  return asks;
}

type Answers = Map<Question, Map<string, Answer[]>>;

function compare(answers: Answers, findings: Findings): void {
  for (const [{ name }, byKind] of answers) {
    const [first] = [...byKind.values()].flat();
    for (const [kind, mine] of byKind) {
      const other = mine.find(({ text }) => text !== first?.text);
      if (other)
        findings.add('unauthorised', `${name}, ${kind}: another answer, ${other.text.slice(0, 400)}`);
      const times = (list: readonly Answer[]): number[] => list.map(({ milliseconds }) => milliseconds);
      const others = [...byKind].flatMap(([known, list]) => (known === kind ? [] : times(list)));
      const told = difference(times(mine), others);
      if (told !== null) findings.add('unauthorised', `${name}, ${kind}: ${told}`);
    }
  }
}

const tries = 12;

/** What somebody sees who asks too often from one address. */
async function insist({ ask }: Question, email: string, from: string): Promise<string[]> {
  const texts: string[] = [];
  for (let n = 0; n < tries; n++) {
    const { text } = await ask(email, from);
    texts.push(text.replace(/retry-after: \d+/, 'retry-after: …'));
  }
  return texts;
}

/** Too many tries end alike too, after as many. */
async function exhaust(asked: Asked, questions: readonly Question[], findings: Findings): Promise<number> {
  const asking = questions.map(async (question, index) => {
    const kinds = Object.values(question.kinds);
    const seen = await Promise.all(
      kinds.map(async (make, place) => insist(question, await make(asked), `198.51.${index}.${place}`)),
    );
    if (new Set(seen.map((texts) => texts.join('\n'))).size > 1) {
      findings.add('unauthorised', `${question.name}: the limit tells who exists`);
    }
    if (seen.some((texts) => !texts.at(-1)?.startsWith('429'))) {
      findings.add('unauthorised', `${question.name}: nothing ends the guessing`);
    }
    return kinds.length * tries;
  });
  return (await Promise.all(asking)).reduce((sum, count) => sum + count, 0);
}

async function enumerate({ cases, seed, progress }: Run): Promise<Tally> {
  const random = randomOf('enumeration', seed);
  const findings = collectFindings();
  const asked = await openServer(random);
  try {
    const questions = await questionsTo(asked);
    const answers: Answers = new Map(questions.map((question) => [question, new Map<string, Answer[]>()]));
    const asks = shuffled(await plan(asked, questions, cases), random);
    // The first answers of a server are slower than all others.
    for (const { ask } of questions) await ask(asked.email(), '203.0.113.1');
    for (const [index, { question, kind, email }] of asks.entries()) {
      // Everybody from elsewhere, so that no limit is met.
      const answer = await question.ask(email, `10.${index >> 16}.${(index >> 8) & 255}.${index & 255}`);
      const byKind = answers.get(question);
      byKind?.set(kind, [...(byKind.get(kind) ?? []), answer]);
      progress(index + 1);
    }
    compare(answers, findings);
    return findings.tally(asks.length + (await exhaust(asked, questions, findings)));
  } finally {
    await asked.close();
  }
}

export const enumeration: Check = {
  name: 'enumeration',
  property: 'no answer tells whether an account exists, neither by its words nor by its time',
  unit: 'requests',
  cases: 300,
  few: 180,
  run: enumerate,
};
