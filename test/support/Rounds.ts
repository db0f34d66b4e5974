/**
 * How often a test repeats what it draws at random. In process it does all of its rounds; an engine, where a run costs a hundred
 * times as much, does the part of them that `TEST_ROUNDS` names.
 */
const part = Number(process.env["TEST_ROUNDS"] ?? 1)

/** That part of `all`, at least one. */
export const rounds = (all: number): number => Math.max(1, Math.round(all * part))
