export * as BlockDetector from "./BlockDetector.ts"
export * as Observability from "./Observability.ts"
