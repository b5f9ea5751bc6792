/** The one thing of Node's Buffer that the subscription link calls; the build gives it to that module alone. */
export const Buffer = {
  from: (text: string) => ({
    toString: (encoding: string): string => {
      if (encoding !== 'base64') throw new Error(`This Buffer only encodes base64, not ${encoding}.`);
      return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
    },
  }),
};
