/**
 * How often a test repeats what it draws at random: the part of its rounds that `TEST_ROUNDS` names. CI does all of them, and
 * `npm test` a tenth (`vitest.config.ts`). An engine of durable runs, where a run costs a hundred times as much, does fewer.
 */
const part = Number(process.env["TEST_ROUNDS"] ?? 1)

/** That part of `all`, at least one. */
export const rounds = (all: number): number => Math.max(1, Math.round(all * part))
