/**
 * How events leave a run. Agents, tools and steps emit through the current `Observer`; it is `undefined` while nothing
 * listens, so that an unobserved run costs nothing.
 *
 * 1. Every listener gets every event, in the order in which they were emitted.
 * 2. `path`, `seq` and `at` are the listener's own: the path below the run that it listens to, the number of the event from 0,
 *    the time on its clock.
 * 3. Deltas of models and calls of tools reach detailed listeners only: without one, models do not stream.
 * 4. `emit` waits while the backlog of a listener is full. `emitNow` never waits.
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"

/** An event as it is made: the observer adds the run and the number. `at` is in milliseconds since the listener began to listen. */
export interface MadeEvent {
  readonly _tag: string
  readonly at: number
}

/** What all events have. */
export interface ObservedEvent extends MadeEvent {
  /** The id of the innermost run around the place. */
  readonly run: string
  readonly seq: number
}

/** `Event` without what the observer adds. */
export type Unstamped<Event> = Event extends unknown ? Omit<Event, "run" | "seq"> : never

/** Where events wait for a slow reader. `onRoom` calls `act` once when there is room, and returns how to cancel that. */
export interface Room {
  readonly isFull: boolean
  readonly onRoom: (act: () => void) => () => void
}

/** Where events wait for a listener, and which it wants. */
export interface ListenerOptions {
  readonly backlog?: Room | undefined
  /** Whether it wants what models and tools do, piece by piece. Default: true. */
  readonly isDetailed?: boolean | undefined
  /** Which events it takes, and counts. Default: all. */
  readonly takes?: ((event: MadeEvent) => boolean) | undefined
}

/** Receives the events of one run. */
export class Listener {
  readonly clock: Clock.Clock
  readonly listen: (event: ObservedEvent) => void
  readonly backlog: Room | undefined
  /** Whether it takes what models and tools emit, too. */
  readonly isDetailed: boolean
  readonly takes: ((event: MadeEvent) => boolean) | undefined
  /** The time of its last event. */
  latest = 0
  /** How many events it got. */
  count = 0
  /** How many calls of models it has seen begin. */
  modelCalls = 0
  private readonly began: bigint

  constructor(
    clock: Clock.Clock,
    listen: (event: ObservedEvent) => void,
    { backlog, isDetailed = true, takes }: ListenerOptions = {}
  ) {
    this.clock = clock
    this.listen = listen
    this.backlog = backlog
    this.isDetailed = isDetailed
    this.takes = takes
    this.began = clock.monotonicTimeNanosUnsafe()
  }

  /** Milliseconds from when it began to listen to `nanos` of its clock. */
  at(nanos: bigint): number {
    return Number(nanos - this.began) / 1e6
  }
}

/** A listener, and the path of this place below the run that it listens to. That run itself has an empty path. */
export interface Place {
  readonly listener: Listener
  readonly path: ReadonlyArray<string>
  /** Whether a run that it listens to goes on around this place. */
  readonly isInside: boolean
}

/**
 * Makes an event for a listener that sees this place at `path`, `at` milliseconds after it began, and is the one with the number
 * `index` of the observer.
 */
export type MakeEvent<Event extends MadeEvent = MadeEvent> = (
  path: ReadonlyArray<string>,
  at: number,
  index: number
) => Event

/** One place in a run, as its listeners see it. It emits events of the type `Event`. */
export class Observer<Event extends MadeEvent = MadeEvent> {
  readonly places: ReadonlyArray<Place>
  /** The id of the innermost run. */
  readonly runId: string

  constructor(places: ReadonlyArray<Place>, runId: string) {
    this.places = places
    this.runId = runId
  }

  /** The path below the outermost run that is observed. */
  get path(): ReadonlyArray<string> {
    return this.places[0]?.path ?? []
  }

  /** This place, seen from one level further down. */
  below(...names: ReadonlyArray<string>): ReadonlyArray<Place> {
    const { places } = this
    return places.length === 1 ? [placeBelow(places[0]!, names)] : places.map((place) => placeBelow(place, names))
  }

  /** This place in the run `runId`, which begins here. */
  inRun(runId: string): Observer {
    return new Observer(
      this.places.map((place) => place.isInside ? place : { ...place, isInside: true }),
      runId
    )
  }

  /** This place as its detailed listeners see it, `undefined` where there is none. */
  get detailed(): Observer | undefined {
    const places = this.places.filter(isDetailed)
    return places.length === 0
      ? undefined
      : places.length === this.places.length
      ? this
      : new Observer(places, this.runId)
  }

  emitNow(event: MakeEvent<Event>): void {
    let clock: Clock.Clock | undefined
    let now = 0n
    for (let index = 0; index < this.places.length; index++) {
      const { listener, path } = this.places[index]!
      // Usually all listeners share one clock, and reading it takes time.
      if (listener.clock !== clock) now = (clock = listener.clock).monotonicTimeNanosUnsafe()
      const made: MadeEvent = event(path, listener.latest = listener.at(now), index)
      if (listener.takes?.(made) === false) continue
      const stamped = made as { -readonly [K in keyof ObservedEvent]: ObservedEvent[K] }
      stamped.run = this.runId
      stamped.seq = listener.count++
      listener.listen(stamped)
    }
  }

  /** Whether every backlog has room. */
  get hasRoom(): boolean {
    return this.full === undefined
  }

  /** Emits once every backlog has room. */
  emit(event: MakeEvent<Event>): Effect.Effect<void> {
    return this.whenRoom(() => this.emitNow(event))
  }

  /** Calls `act` once every backlog has room. */
  whenRoom(act: () => void): Effect.Effect<void> {
    return Effect.suspend(() => {
      if (this.full === undefined) {
        act()
        return Effect.void
      }
      return Effect.callback<void>((resume) => {
        const cancel = this.onRoom(() => {
          act()
          resume(Effect.void)
        })
        return Effect.sync(cancel)
      })
    })
  }

  /** Calls `act` once every backlog has room, and returns how to cancel that. */
  onRoom(act: () => void): () => void {
    let cancel = () => {}
    const attempt = () => {
      const { full } = this
      if (full === undefined) act()
      else cancel = full.onRoom(attempt)
    }
    attempt()
    return () => cancel()
  }

  /** Whether a listener has a backlog, which may become full. */
  get hasBacklog(): boolean {
    return this.places.some(({ listener }) => listener.backlog !== undefined)
  }

  /** A backlog that is full. */
  get full(): Room | undefined {
    for (const { listener: { backlog } } of this.places) if (backlog?.isFull === true) return backlog
    return undefined
  }
}

const placeBelow = ({ isInside, listener, path }: Place, names: ReadonlyArray<string>): Place => ({
  listener,
  path: path.length === 0 ? names : [...path, ...names],
  isInside
})

const isDetailed = ({ listener }: Place): boolean => listener.isDetailed

/** The place that is running, `undefined` while nothing listens. */
export const Current = Context.Reference<Observer | undefined>("greenlang/agent/internal/Observer", {
  defaultValue: () => undefined
})

/** Runs `self` with one more listener. */
export const observe = <A, E, R>(
  self: Effect.Effect<A, E, R>,
  listener: (clock: Clock.Clock) => Listener
): Effect.Effect<A, E, R> =>
  Effect.withFiber((fiber) => {
    const place: Place = { listener: listener(fiber.getRef(Clock.Clock)), path: [], isInside: false }
    const around = fiber.getRef(Current)
    return Effect.provideService(self, Current, new Observer([...around?.places ?? [], place], around?.runId ?? ""))
  })

/** Emits an event of the place that is running. Does nothing while nothing listens. */
export const emit = (event: MakeEvent): Effect.Effect<void> =>
  Effect.flatMap(Current, (observer) => observer === undefined ? Effect.void : observer.emit(event))
