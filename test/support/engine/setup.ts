/**
 * Around each test of a project of an engine: leaves out what `LeftOut` lists, and counts the runs that go through the engine.
 */
import { afterEach, beforeEach } from "vitest"
import * as Engine from "./Engine.ts"
import { leftOut } from "./LeftOut.ts"

interface Named {
  readonly name: string
  readonly suite?: Named | undefined
}

const nameOf = ({ name, suite }: Named): string =>
  suite === undefined || suite.name === "" ? name : `${nameOf(suite)} > ${name}`

let before = 0

beforeEach(({ skip, task }) => {
  before = Engine.counts.runs
  const reason = leftOut.get(nameOf(task))
  if (reason !== undefined) skip(reason)
})

afterEach(({ task }) => {
  Object.assign(task.meta, { runs: Engine.counts.runs - before })
})
