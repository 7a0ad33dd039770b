/** The feeds of this process: the one of everything at all times, a product owner's for as long as somebody follows it. */
import { everything, type Scope } from '../scopes/scope.ts';
import { startFeed, type Feed, type FeedDeps } from './feed.ts';

export interface Feeds {
  /** The scope's feed. `release` says once that it is not followed any more. */
  follow(scope: Scope): Promise<{ readonly feed: Feed; readonly release: () => void }>;
  stop(): Promise<void>;
}

interface Running {
  readonly feed: Promise<Feed>;
  followers: number;
}

/** `instance` is fresh for each process. */
export async function startFeeds(deps: FeedDeps, instance: string): Promise<Feeds> {
  const start = (scope: Scope): Running => ({ feed: startFeed(deps, scope, instance), followers: 0 });
  const whole = start(everything);
  await whole.feed;
  const running = new Map<string, Running>();

  const stop = async ({ feed }: Running): Promise<void> => {
    await (await feed).stop();
  };

  return {
    async follow(scope) {
      if (!scope.limit) return { feed: await whole.feed, release: () => undefined };
      const one = running.get(scope.name) ?? start(scope);
      running.set(scope.name, one);
      one.followers += 1;
      let released = false;
      const release = (): void => {
        if (released) return;
        released = true;
        one.followers -= 1;
        if (one.followers > 0) return;
        if (running.get(scope.name) === one) running.delete(scope.name);
        stop(one).catch((error: unknown) => {
          deps.log.warn({ err: error }, 'a feed did not stop in order');
        });
      };
      try {
        return { feed: await one.feed, release };
      } catch (error) {
        release();
        throw error;
      }
    },
    async stop() {
      const all = [whole, ...running.values()];
      running.clear();
      await Promise.all(all.map(stop));
    },
  };
}
