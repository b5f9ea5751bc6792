import { gaussianSource, uniformSource } from './gaussian-source.ts';

/** What shapes a generated set; the same shape gives the same vectors. */
export interface TextLikeShape {
  dimension: number;
  /** Dimensions of the manifold before it is rotated into the full dimension. */
  latent: number;
  topics: number;
  clusters: number;
  /** Directions in which one cluster extends; its variances fall with `withinDecay`. */
  directions: number;
  centreSpread: number;
  centreDecay: number;
  withinSpread: number;
  withinDecay: number;
  /** Standard deviation of the logarithm of a cluster's size: some topics are tight and some loose. */
  spreadVariation: number;
  /** Standard deviation of the isotropic noise, per dimension. */
  noise: number;
  /** Length of the mean that all vectors share, as text embeddings do. */
  mean: number;
  seed: number;
}

interface Cluster {
  centre: Float32Array;
  /** directions x latent */
  axes: Float32Array;
}

/** Makes a generator of unit vectors: a mixture of Gaussians on a low-dimensional manifold, rotated into the full dimension with a little noise. */
export function textLikeSource(shape: TextLikeShape): (target: Float32Array) => void {
  const uniform = uniformSource(shape.seed);
  const gaussian = gaussianSource(uniform);
  const rotation = orthonormalRows(shape.latent, shape.dimension, gaussian);
  const mean = unitVector(shape.dimension, gaussian).map((value) => value * shape.mean);
  const clusters = makeClusters(shape, uniform, gaussian);
  const pick = skewedPick(shape.clusters, uniform);
  const latent = new Float64Array(shape.latent);

  return (target) => {
    drawLatent(clusters[pick()]!, shape, gaussian, latent);
    for (let i = 0; i < shape.dimension; i++) target[i] = mean[i]! + shape.noise * gaussian();
    for (let k = 0; k < shape.latent; k++) {
      const weight = latent[k]!;
      const row = k * shape.dimension;
      for (let i = 0; i < shape.dimension; i++) target[i]! += weight * rotation[row + i]!;
    }
    normalize(target);
  };
}

function drawLatent(
  cluster: Cluster,
  shape: TextLikeShape,
  gaussian: () => number,
  latent: Float64Array,
): void {
  latent.set(cluster.centre);
  for (let j = 0; j < shape.directions; j++) {
    const weight = gaussian();
    const row = j * shape.latent;
    for (let k = 0; k < shape.latent; k++) latent[k]! += weight * cluster.axes[row + k]!;
  }
}

function makeClusters(shape: TextLikeShape, uniform: () => number, gaussian: () => number): Cluster[] {
  const drawCentre = (spread: number): Float32Array =>
    Float32Array.from(
      { length: shape.latent },
      (_, k) => (gaussian() * spread * (k + 1) ** -shape.centreDecay) / Math.sqrt(shape.latent),
    );
  const topics = Array.from({ length: shape.topics }, () => drawCentre(shape.centreSpread));
  return Array.from({ length: shape.clusters }, () => {
    const topic = topics[Math.floor(uniform() * topics.length)]!;
    const centre = drawCentre(shape.centreSpread * 0.7).map((value, k) => value + topic[k]!);
    return { centre, axes: drawAxes(shape, gaussian) };
  });
}

function drawAxes(shape: TextLikeShape, gaussian: () => number): Float32Array {
  const axes = new Float32Array(shape.directions * shape.latent);
  const variation = Math.exp(shape.spreadVariation * gaussian());
  const spread = (shape.withinSpread * variation) / Math.sqrt(shape.latent);
  for (let j = 0; j < shape.directions; j++) {
    const length = spread * (j + 1) ** -shape.withinDecay;
    for (let k = 0; k < shape.latent; k++) axes[j * shape.latent + k] = length * gaussian();
  }
  return axes;
}

/** Draws clusters with sizes that fall like a power of their rank. */
function skewedPick(clusters: number, uniform: () => number): () => number {
  const cumulative = new Float64Array(clusters);
  let total = 0;
  for (let rank = 0; rank < clusters; rank++) cumulative[rank] = total += (rank + 10) ** -0.6;
  return () => {
    const wanted = uniform() * total;
    let low = 0;
    let high = clusters - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (cumulative[middle]! <= wanted) low = middle + 1;
      else high = middle;
    }
    return low;
  };
}

function unitVector(dimension: number, gaussian: () => number): Float32Array {
  const vector = Float32Array.from({ length: dimension }, () => gaussian());
  normalize(vector);
  return vector;
}

function normalize(vector: Float32Array): void {
  let square = 0;
  for (const value of vector) square += value * value;
  const scale = 1 / Math.sqrt(square);
  for (let i = 0; i < vector.length; i++) vector[i]! *= scale;
}

/** Returns random rows of length 1 that are orthogonal to each other (Gram and Schmidt). */
function orthonormalRows(rows: number, dimension: number, gaussian: () => number): Float32Array {
  const matrix = new Float32Array(rows * dimension);
  for (let row = 0; row < rows; row++) {
    const current = unitVector(dimension, gaussian);
    for (let before = 0; before < row; before++) {
      const other = matrix.subarray(before * dimension, (before + 1) * dimension);
      let dot = 0;
      for (let i = 0; i < dimension; i++) dot += current[i]! * other[i]!;
      for (let i = 0; i < dimension; i++) current[i]! -= dot * other[i]!;
    }
    normalize(current);
    matrix.set(current, row * dimension);
  }
  return matrix;
}
