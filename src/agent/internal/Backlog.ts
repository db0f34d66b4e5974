/**
 * The events that were emitted and not read yet. Nothing is dropped: an emitter that can wait asks whether the backlog is
 * full, and waits for room.
 */
import type { NonEmptyReadonlyArray } from "effect/Array"
import type * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import type * as Pull from "effect/Pull"
import * as Queue from "effect/Queue"

/** Events in the order in which they were emitted, and the error or the end behind them. */
export class Backlog<A, E> {
  private readonly queue: Queue.Queue<A, E | Cause.Done>
  private readonly capacity: number
  /** How many the reader took last. They count until it comes back for more. */
  private taken = 0
  private closed = false
  private readonly waiting = new Set<() => void>()

  constructor(queue: Queue.Queue<A, E | Cause.Done>, capacity: number) {
    this.queue = queue
    this.capacity = capacity
  }

  get isFull(): boolean {
    return !this.closed && this.taken + Queue.sizeUnsafe(this.queue) >= this.capacity
  }

  push(item: A): void {
    Queue.offerUnsafe(this.queue, item)
  }

  /** Calls `act` once when there is room, in the order of asking. Answers with how to call that off. */
  onRoom(act: () => void): () => void {
    this.waiting.add(act)
    return () => this.waiting.delete(act)
  }

  /** For the one reader. */
  readonly pull: Pull.Pull<NonEmptyReadonlyArray<A>, E> = Effect.suspend(() => {
    this.taken = 0
    this.wake()
    return Effect.map(Queue.takeAll(this.queue), (items) => {
      this.taken = items.length
      return items
    })
  })

  /** The reader has gone: the backlog is never full again. */
  close(): void {
    this.closed = true
    Queue.shutdownUnsafe(this.queue)
    this.wake()
  }

  private wake(): void {
    for (const act of this.waiting) {
      if (this.isFull) return
      this.waiting.delete(act)
      act()
    }
  }
}
