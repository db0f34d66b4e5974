/**
 * Waits awake, for a moment, for what another thread is about to say. To fall asleep and to be woken takes longer than most
 * short calls do, where the two threads have processors of their own. Where they share one, the other speaks only once this
 * one sleeps. Which of the two it is shows in what came of waiting before.
 */
export class Spin {
  /** Milliseconds. */
  private patience = longest
  private waits = 0

  /** What `look` finds before the patience ends, or `until`, in milliseconds on the monotonic clock. */
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
/** In waits: how often one is a long one, since the threads may have been moved. */
const tryAgain = 64
