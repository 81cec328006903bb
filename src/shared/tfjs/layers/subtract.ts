import { broadcastShapes } from '../../program/broadcast.js';
import { type Shape, ShapeOnlyLayer } from './shapeOnly.js';

/** The first input minus the second, as keras.layers.Subtract. */
export class Subtract extends ShapeOnlyLayer {
  /** @nocollapse */
  static readonly className = 'Subtract';

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    const [[rows, ...a], [, ...b]] = inputShape as [Shape, Shape];
    return [rows, ...broadcastShapes(this.name, [a as number[], b as number[]])];
  }
}
