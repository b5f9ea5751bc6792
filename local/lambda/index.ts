export { createEnvironment } from './environment.ts';
export { createFunctionLog } from './function-log.ts';
export { createFunctionPool } from './function-pool.ts';
export type { FunctionDefinition, FunctionPool, InvocationOutcome, PoolOptions } from './function-pool.ts';
export { createSlots, TooManyRequests } from './slots.ts';
export type { Slots } from './slots.ts';
