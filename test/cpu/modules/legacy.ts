/**
 * Code without Effect, which tests call on other threads.
 */
import { execFileSync } from "node:child_process"
import { threadId } from "node:worker_threads"

export const double = (n: number) => n * 2

export const doubleLater = (n: number) => Promise.resolve(n * 2)

/** Holds its thread for so many milliseconds. */
export const busy = (millis: number) => {
  const end = performance.now() + millis
  while (performance.now() < end);
  return threadId
}

/** Makes the file `begun`, and waits in native code for the file `end`. */
export const waitNatively = ({ begun, end }: { readonly begun: string; readonly end: string }) =>
  execFileSync("sh", ["-c", `touch "$0"; while [ ! -e "$1" ]; do sleep 0.05; done`, begun, end]).toString()

export const thread = () => threadId

export const later = (day: Date) => new Date(day.getTime() + 86_400_000)

class NoSuchFuel extends Error {
  override readonly name = "NoSuchFuel"
  readonly code = "E_FUEL"
  readonly fuel: string

  constructor(fuel: string) {
    super(`no fuel is called ${fuel}`)
    this.fuel = fuel
  }
}

export const burn = (fuel: string) => {
  if (fuel === "peat") throw new NoSuchFuel(fuel)
  if (fuel === "text") throw "just text"
  return fuel.length
}

/** Remembers, and so shows how many of it there are. */
export class Counter {
  private count = 0

  execute() {
    return ++this.count
  }
}

export class Runner {
  run(n: number) {
    return n + 1
  }
}

export const exits = (code: number) => process.exit(code)

export const throwsLater = () =>
  new Promise(() => {
    setTimeout(() => {
      throw new TypeError("without a handler")
    })
  })

export const hoards = () => {
  const hoard: Array<Array<number>> = []
  for (;;) hoard.push(Array.from({ length: 10_000 }, Math.random))
}

export const answersWithFunction = () => () => 1

export const notFunction = 1
