/**
 * Around each test of a project of an engine: counts the runs that go through the engine.
 */
import { afterEach, beforeEach } from "vitest"
import * as Engine from "./Engine.ts"

let before = 0

beforeEach(() => {
  before = Engine.counts.runs
})

afterEach(({ task }) => {
  Object.assign(task.meta, { runs: Engine.counts.runs - before })
})
