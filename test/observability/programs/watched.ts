/**
 * Holds its event loop in a fiber, in native code and in the callback of a promise, while a watchdog watches.
 */
import { Effect, Schema } from "effect"
import { Agent, BlockDetector } from "greenlang"
import { execFileSync } from "node:child_process"
import { writeSync } from "node:fs"

/** Computes for `millis` of processor time: on a busy machine, the watchdog gets more time too. */
const hotLoop = (millis: number) => {
  for (const began = process.threadCpuUsage(); process.threadCpuUsage(began).user < millis * 1_000;);
}

const numbers = { version: "1.0.0", input: Schema.Finite, output: Schema.Finite }
const Hog = Agent.make("Hog", {
  ...numbers,
  execute: (n) =>
    Effect.sync(() => {
      hotLoop(500)
      writeSync(2, "Hog is done\n")
      return n
    })
})
const Native = Agent.make("Native", {
  ...numbers,
  execute: (n) =>
    Effect.sync(() => {
      execFileSync("sleep", ["1"])
      writeSync(2, "Native is done\n")
      return n
    })
})

const pause = Effect.sleep(300)

await Effect.runPromise(
  Effect.gen(function*() {
    yield* pause
    // more than once: a hold that began before, where the machine was busy, is reported only for what it began with
    for (let n = 0; n < 5; n++) {
      yield* Hog.run(1)
      yield* pause
    }
    yield* Native.run(1)
    yield* pause
    yield* Effect.promise(async () => {
      await Promise.resolve()
      hotLoop(500)
      writeSync(2, "the promise is done\n")
    })
  }).pipe(Effect.provide(BlockDetector.layer({ threshold: "200 millis", watchdog: true })))
)
