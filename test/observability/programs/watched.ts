/**
 * Holds its event loop under the eyes of a watchdog, in a fiber, in the callback of a promise, and in native code.
 */
import { Effect, Schema } from "effect"
import { Agent, BlockDetector } from "greenlang"
import { execFileSync } from "node:child_process"
import { writeSync } from "node:fs"

const hotLoop = (millis: number) => {
  for (const end = performance.now() + millis; performance.now() < end;);
}

const numbers = { version: "1.0.0", input: Schema.Finite, output: Schema.Finite }
const Hog = Agent.make("Hog", {
  ...numbers,
  execute: (n) =>
    Effect.sync(() => {
      hotLoop(2_000)
      writeSync(2, "Hog is done\n")
      return n
    })
})
const Native = Agent.make("Native", {
  ...numbers,
  execute: (n) =>
    Effect.sync(() => {
      execFileSync("sleep", ["1.8"])
      writeSync(2, "Native is done\n")
      return n
    })
})

const pause = Effect.sleep(300)

await Effect.runPromise(
  Effect.gen(function*() {
    yield* pause
    yield* Hog.run(1)
    yield* pause
    yield* Native.run(1)
    yield* pause
    yield* Effect.promise(async () => {
      await Promise.resolve()
      hotLoop(1_800)
      writeSync(2, "the promise is done\n")
    })
  }).pipe(Effect.provide(BlockDetector.layer({ threshold: "500 millis", watchdog: true })))
)
