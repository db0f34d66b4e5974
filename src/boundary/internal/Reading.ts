/**
 * Reads a run as an async iterator: the run goes on while it is read, and ends with its reader.
 */
import * as Stream from "effect/Stream"

/** Options of one reading. `result` returns the result of the run, after its last event. */
export interface Reader<Event, A, Result> {
  readonly pieceOf: (event: Event) => A | undefined
  readonly result: () => Result
  readonly signal: AbortSignal | undefined
  /** Makes the error of a reading that `stop` ended. */
  readonly stopped: () => Error
  /** Makes the error to throw of an error of the run. */
  readonly explain: (error: unknown) => unknown
}

/** An iterator over what a run emits, which returns the result of the run. */
export class Reading<Event, A, Result> implements AsyncGenerator<A, Result, void> {
  private readonly events: AsyncIterator<Event>
  private readonly pieces: AsyncGenerator<A, Result, void>
  private readonly reader: Reader<Event, A, Result>
  private readonly open: Set<Reading<any, any, any>>
  private isStopped = false
  private isLeft = false

  /** `open` receives the reading from its begin to its end. */
  constructor(
    events: Stream.Stream<Event, unknown>,
    reader: Reader<Event, A, Result>,
    open: Set<Reading<any, any, any>>
  ) {
    this.events = Stream.toAsyncIterable(events)[Symbol.asyncIterator]()
    this.reader = reader
    this.open = open
    this.pieces = this.read()
  }

  /** Interrupts the run, and waits until it has released what it held. */
  readonly stop = async (): Promise<void> => {
    this.isStopped = true
    await this.events.return?.()
  }

  next(): Promise<IteratorResult<A, Result>> {
    return this.pieces.next()
  }

  async return(value: Result | PromiseLike<Result>): Promise<IteratorResult<A, Result>> {
    await this.leave()
    return this.pieces.return(value)
  }

  async throw(error: unknown): Promise<IteratorResult<A, Result>> {
    await this.leave()
    return this.pieces.throw(error)
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.leave()
  }

  /** Ends the run first: a generator that waits for its next piece cannot be stopped. */
  private leave(): Promise<void> {
    this.isLeft = true
    return this.stop()
  }

  private async *read(): AsyncGenerator<A, Result, void> {
    const { events, open, reader: { explain, pieceOf, result, signal, stopped } } = this
    signal?.throwIfAborted()
    signal?.addEventListener("abort", this.stop)
    open.add(this)
    try {
      for (let next = await events.next(); next.done !== true; next = await events.next()) {
        const piece = pieceOf(next.value)
        if (piece !== undefined) yield piece
      }
      if (this.isStopped && !this.isLeft) {
        signal?.throwIfAborted()
        throw stopped()
      }
      return result()
    } catch (error) {
      throw explain(error)
    } finally {
      signal?.removeEventListener("abort", this.stop)
      await events.return?.()
      open.delete(this)
    }
  }
}
