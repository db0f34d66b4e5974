export * as BlockDetector from "./BlockDetector.ts"
