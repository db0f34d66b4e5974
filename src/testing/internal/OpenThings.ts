/**
 * Records what a part of a program opens and has not closed yet: that part alone, since Node knows the asynchronous context
 * in which each thing was made.
 */
import type * as Fiber from "effect/Fiber"
import { AsyncLocalStorage, createHook } from "node:async_hooks"
import * as FiberSlices from "../../observability/internal/FiberSlices.ts"

/** An open thing: its kind, its name, and the line that made it. */
export interface Open {
  readonly kind: Kind
  readonly name: string
  readonly at?: string
}

/** What kind of thing is open. */
export type Kind = (typeof kinds)[keyof typeof kinds] | "fiber" | "listener"

/** By Node's name of the resource. */
const kinds = {
  TCPWRAP: "socket",
  UDPWRAP: "socket",
  TCPSERVERWRAP: "server",
  PIPEWRAP: "pipe",
  PIPESERVERWRAP: "server",
  PROCESSWRAP: "child process",
  WORKER: "worker",
  MESSAGEPORT: "message port",
  FSEVENTWRAP: "watcher",
  STATWATCHER: "watcher",
  Timeout: "timer"
} as const

interface Resource {
  readonly type: keyof typeof kinds
  readonly handle: object
  readonly stack: string
}

interface Listener {
  readonly event: string | symbol
  readonly listener: unknown
  readonly at: string | undefined
}

const context = new AsyncLocalStorage<OpenThings>()

/** What is open, from the start of the recording on. */
export class OpenThings {
  private readonly fibers = new Set<Fiber.Fiber<unknown, unknown>>()
  private readonly resources = new Map<number, Resource>()
  private readonly listeners: Array<Listener> = []
  private readonly stop: () => void

  constructor() {
    const hook = createHook({
      init: (id, type, _trigger, handle) => {
        if (isKnown(type) && this.isCurrent()) this.resources.set(id, { type, handle, stack: stackHere() })
      },
      destroy: (id) => this.resources.delete(id)
    }).enable()
    const ignoreFibers = FiberSlices.observe((fiber) => {
      if (!this.fibers.has(fiber) && this.isCurrent()) this.fibers.add(fiber)
    })
    const added = (event: string | symbol, listener: unknown) => {
      if (this.isCurrent()) this.listeners.push({ event, listener, at: placeIn(stackHere()) })
    }
    const removed = (event: string | symbol, listener: unknown) => {
      const at = this.listeners.findIndex((one) => one.event === event && one.listener === listener)
      if (at >= 0) this.listeners.splice(at, 1)
    }
    process.on("newListener", added).on("removeListener", removed)
    this.stop = () => {
      hook.disable()
      ignoreFibers()
      process.off("newListener", added).off("removeListener", removed)
    }
  }

  /** Records what `f` opens, at once or later. */
  run<A>(f: () => A): A {
    return context.run(this, f)
  }

  /** What is open now. */
  list(): ReadonlyArray<Open> {
    for (const fiber of this.fibers) if (fiber.pollUnsafe() !== undefined) this.fibers.delete(fiber)
    return [
      ...Array.from(this.fibers, (fiber): Open => ({ kind: "fiber", name: fiberName(fiber) })),
      ...Array.from(this.resources.values()).filter(isOpen).map(toOpen),
      ...this.listeners.map(({ at, event }) =>
        withPlace({ kind: "listener", name: `process.on(${String(event)})` }, at)
      )
    ]
  }

  /** Stops recording. */
  close(): void {
    this.stop()
  }

  private isCurrent(): boolean {
    return context.getStore() === this
  }
}

const isKnown = (type: string): type is keyof typeof kinds => type in kinds

/**
 * Idle connections and clocks that Node and its HTTP clients keep for later do not keep the process alive, and do not count.
 * A server, a process or a thread counts, also if it does not keep the process alive.
 */
const isOpen = ({ handle, stack, type }: Resource): boolean => {
  const keepsAlive = !("hasRef" in handle) || typeof handle.hasRef !== "function" || handle.hasRef() === true
  if (type === "Timeout") {
    return keepsAlive || !isForeign(framesOf(stack).find((line) => !/node:(internal\/)?timers/.test(line)))
  }
  return keepsAlive || !(type === "TCPWRAP" || type === "PIPEWRAP" || type === "MESSAGEPORT")
}

const toOpen = ({ handle, stack, type }: Resource): Open =>
  withPlace({ kind: kinds[type], name: nameOf(type, handle) }, placeIn(stack))

const withPlace = (open: Open, at: string | undefined): Open => at === undefined ? open : { ...open, at }

const nameOf = (type: keyof typeof kinds, handle: object): string => {
  const symbol = Object.getOwnPropertySymbols(handle).find(({ description }) => description === "owner_symbol")
  const owner: unknown = symbol && Reflect.get(handle, symbol)
  const field = (of: unknown, name: string): unknown =>
    typeof of === "object" && of !== null ? Reflect.get(of, name) : ""
  switch (type) {
    case "Timeout": {
      const repeat = field(handle, "_repeat")
      return typeof repeat === "number" ? `every ${repeat} ms` : `of ${String(field(handle, "_idleTimeout"))} ms`
    }
    case "PROCESSWRAP":
      return `${String(field(owner, "spawnfile"))}, process ${String(field(owner, "pid"))}`
    case "TCPWRAP":
      return `to ${String(field(owner, "remoteAddress"))}:${String(field(owner, "remotePort"))}`
    case "TCPSERVERWRAP": {
      const key = field(owner, "_connectionKey")
      return `on ${String(key)}`
    }
    case "WORKER":
      return `thread ${String(field(handle, "threadId"))}`
    default:
      return type
  }
}

const fiberName = (fiber: Fiber.Fiber<unknown, unknown>) => {
  const span = fiber.cache.span
  return span?._tag === "Span" ? `#${fiber.id} in ${span.name}` : `#${fiber.id}`
}

const stackHere = (): string => {
  const limit = Error.stackTraceLimit
  Error.stackTraceLimit = 30
  const here: { stack?: string } = {}
  Error.captureStackTrace(here, stackHere)
  Error.stackTraceLimit = limit
  return here.stack ?? ""
}

/** The line that made it: the innermost outside of Node and packages, or else the innermost outside of Node. */
const placeIn = (stack: string): string | undefined => {
  const frames = framesOf(stack)
  const line = frames.find((line) => !isForeign(line)) ?? frames.find((line) => !line.includes("node:"))
  return line?.replace("at ", "")
}

/** The frames from the maker of a thing outwards, without those of this module. */
const framesOf = (stack: string): ReadonlyArray<string> =>
  stack.split("\n").slice(1).map((line) => line.trim()).filter((line) => !ownFrames.test(line) && /[/:]/.test(line))

const isForeign = (line: string | undefined) => line === undefined || /node:|node_modules/.test(line)

const ownFrames = /internal[/\\](OpenThings|FiberSlices)\.|node:(internal\/)?async_hooks|new AsyncHook|emitInit/
