/** How fast one device may send: a bucket that fills steadily and is emptied by what comes. */

export interface Allowance {
  /** How much may come at once. */
  readonly burst: number;
  readonly perSecond: number;
}

export interface Pace {
  /** Takes `amount`; answers 0, or the seconds until there is room for it again. */
  take(amount: number): number;
  /** Whether nothing has been taken that has not been filled up since. */
  rested(): boolean;
}

/** `now` in milliseconds, from a clock that is not set back. */
export function createPace({ burst, perSecond }: Allowance, now: () => number): Pace {
  let level = burst;
  let at = now();
  const fill = (): void => {
    const time = now();
    level = Math.min(burst, level + (Math.max(0, time - at) / 1000) * perSecond);
    at = time;
  };
  return {
    take(amount) {
      fill();
      if (amount <= level) {
        level -= amount;
        return 0;
      }
      return Math.max(1, Math.ceil((Math.min(amount, burst) - level) / perSecond));
    },
    rested() {
      fill();
      return level >= burst;
    },
  };
}

/** What a device has left of its allowances, over all its sockets. */
export interface DevicePace {
  readonly connects: Pace;
  readonly frames: Pace;
  readonly bytes: Pace;
  readonly presence: Pace;
}

export type Allowances = Readonly<Record<keyof DevicePace, Allowance>>;

export function createDevicePace(allowances: Allowances, now: () => number): DevicePace {
  return {
    connects: createPace(allowances.connects, now),
    frames: createPace(allowances.frames, now),
    bytes: createPace(allowances.bytes, now),
    presence: createPace(allowances.presence, now),
  };
}
