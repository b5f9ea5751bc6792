export const worker = async () => 1;
