export { CallFailed, type CpuFunction, CpuPool, type CpuPoolOptions, WorkerLost } from "./CpuPool.ts"
export * from "./Lift.ts"
