import { options, type VNode } from "preact";

/**
 * Lets go of what a drawing of a part showed once that part is drawn anew by itself. Preact keeps
 * the first drawing as long as what it stands in (it is among the props of that), and each entry of
 * a list that was passed over leads from one drawing of the list to a later one: so every list that
 * there ever was stayed in memory. The names are those of Preact's build, which its add-ons use too.
 */
interface Part {
  __v?: Drawing;
}
interface Drawing extends VNode {
  __c?: Part | null;
  __k?: unknown;
}
const hooks = options as { __b?: (vnode: Drawing) => void; diffed?: (vnode: Drawing) => void };
const { __b: begin, diffed: end } = hooks;
const before = new WeakMap<Drawing, Drawing>();

hooks.__b = (vnode) => {
  // Only what is drawn anew by itself has its part from the start.
  const old = vnode.__c?.__v;
  if (old !== undefined && old !== vnode) before.set(vnode, old);
  begin?.(vnode);
};

hooks.diffed = (vnode) => {
  end?.(vnode);
  const old = before.get(vnode);
  if (old === undefined) return;
  before.delete(vnode);
  delete old.__k;
};
