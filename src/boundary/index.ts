export * as PromiseAgent from "./PromiseAgent.ts"
