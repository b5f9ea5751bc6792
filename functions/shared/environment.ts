/** The environment variables that the functions may be given; each gets only those it needs. */
export type EnvironmentVariable =
  | 'DATABASES_TABLE'
  | 'VECTOR_DATA_TABLE'
  | 'API_KEYS_TABLE'
  | 'USAGE_STATS_TABLE'
  | 'FILES_BUCKET'
  | 'VECTORS_BUCKET'
  | 'BACKUPS_BUCKET'
  | 'PLAN_QUEUE_URL'
  | 'PARTS_QUEUE_URL'
  | 'MAINTENANCE_QUEUE_URL'
  | 'GRAPHQL_URL'
  | 'KEY_PEPPER_SECRET_ARN'
  | 'AWS_REGION';

/** Reads a required variable; a missing one is a wiring mistake, so the message names it. */
export function readEnvironment(name: EnvironmentVariable): string {
  const value = process.env[name];
  if (value === undefined || value === '') {
    throw new Error(
      `The environment variable ${name} is not set; the template must give it to this function.`,
    );
  }
  return value;
}

const DEFAULT_MEMORY_MB = 512;
const BYTES_PER_MB = 1024 * 1024;

/** Returns the memory limit of this function in bytes. */
export function readMemoryLimitBytes(): number {
  const megabytes = Number(process.env['AWS_LAMBDA_FUNCTION_MEMORY_SIZE'] ?? DEFAULT_MEMORY_MB);
  if (!Number.isFinite(megabytes) || megabytes <= 0) {
    throw new Error(
      `AWS_LAMBDA_FUNCTION_MEMORY_SIZE is "${process.env['AWS_LAMBDA_FUNCTION_MEMORY_SIZE']}"; it must be a positive number of megabytes.`,
    );
  }
  return megabytes * BYTES_PER_MB;
}
