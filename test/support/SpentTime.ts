/**
 * Clocks of this process that stand still: only `spend` moves them. Timers stay real. For code that measures time, so that
 * a test of it does not measure the machine.
 */
import { onTestFinished, vi } from "vitest"

/** Stops the clocks until the test ends. Returns `spend`, which passes milliseconds. */
export const stopClocks = (): (millis: number) => void => {
  const start = { now: performance.now(), date: Date.now(), nanos: process.hrtime.bigint() }
  let spent = 0
  const spies = [
    vi.spyOn(performance, "now").mockImplementation(() => start.now + spent),
    vi.spyOn(Date, "now").mockImplementation(() => start.date + spent),
    vi.spyOn(process.hrtime, "bigint").mockImplementation(() => start.nanos + BigInt(Math.round(spent * 1e6)))
  ]
  onTestFinished(() => {
    for (const spy of spies) spy.mockRestore()
  })
  return (millis) => {
    spent += millis
  }
}
