import { createSubscriber } from 'svelte/reactivity';

const period = 15_000;

const subscribe = createSubscriber((update) => {
  const timer = setInterval(update, period);
  return () => clearInterval(timer);
});

/**
 * Now, in milliseconds. Read in markup or an effect it renews itself every 15 s; all readers share one timer, which
 * runs only while there are any.
 */
export function tickingNow(): number {
  subscribe();
  return Date.now();
}
