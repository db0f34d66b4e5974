/**
 * Wakes what waits in this process when something has changed. What waits reads `changes` before it looks, so that a change
 * in between is not missed.
 */
import * as Effect from "effect/Effect"

/** Sent where a run, a decision or a worker has changed. */
export class Signal {
  /** How often something has changed. */
  changes = 0
  private readonly waiting = new Set<() => void>()

  send(): void {
    this.changes++
    // What goes on may wait again at once.
    const waiting = [...this.waiting]
    this.waiting.clear()
    for (const act of waiting) act()
  }

  /** Ends once there are other changes than `seen`, and after `millis` at the latest. */
  within(millis: number, seen: number): Effect.Effect<void> {
    const changed = Effect.callback<void>((resume) => {
      // Asked here, in one piece with what follows: a fiber may be put aside anywhere before.
      if (this.changes !== seen) return resume(Effect.void)
      const act = () => resume(Effect.void)
      this.waiting.add(act)
      return Effect.sync(() => this.waiting.delete(act))
    })
    return Effect.timeoutOrElse(changed, { duration: millis, orElse: () => Effect.void })
  }
}
