/**
 * Polls for a moment for the message of another thread, before its caller goes to sleep. On two processors, falling asleep
 * and waking up takes longer than most short calls. On one processor, the other thread runs only while this one sleeps. The
 * results of earlier waits show which of the two it is: the patience halves with each wait in vain, and returns with a find.
 */
export class Spin {
  /** Milliseconds. */
  private patience = longest
  private waits = 0

  /** Returns what `look` finds before the patience or `until` has passed. `until` is milliseconds on the monotonic clock. */
  wait<A>(look: () => A | undefined, until = Infinity): A | undefined {
    const began = performance.now()
    const patience = ++this.waits % tryAgain === 0 ? longest : this.patience
    const end = Math.min(began + patience, until)
    for (let now = began; now < end; now = performance.now()) {
      const found = look()
      if (found === undefined) continue
      this.patience = longest
      return found
    }
    this.patience = patience > shortest ? patience / 2 : 0
    return undefined
  }
}

/** Milliseconds. */
const longest = 0.05
const shortest = 0.005
/** Every so many waits, one has full patience: the threads may run on other processors by now. */
const tryAgain = 64
