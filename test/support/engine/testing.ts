/**
 * `effect/testing`, whose clock waits for the runs of an engine: the tests of pipelines import this in its place.
 */
import * as EffectClock from "effect/testing/TestClock"
import { adjust, setTime } from "./Calls.ts"

export * as TestConsole from "effect/testing/TestConsole"
export * as TestSchema from "effect/testing/TestSchema"
export const TestClock = { ...EffectClock, adjust, setTime }
