/** The one function of Node's `url` that the AppSync links call, in terms of the browser's URL. */
export function parse(text: string): { protocol: string; host: string; path: string } {
  const { protocol, host, pathname, search } = new URL(text);
  return { protocol, host, path: pathname + search };
}

export default { parse };
