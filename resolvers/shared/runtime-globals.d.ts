/** What APPSYNC_JS defines beside the language; its log goes to the API's log group. */
declare const console: { log(...values: unknown[]): void; error(...values: unknown[]): void };
