/**
 * The command line for a process that loads nothing but what ships with this package. The build bundles it with a copy of
 * Effect of its own, which takes half the CPU to load. `Start.ts` chooses it only where no module of a user can meet that copy.
 */
export { main } from "./Main.ts"
