import type { Signal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import { Icon } from "./icon.tsx";
import "../style/dialog.css";

interface DialogProps {
  title: string;
  open: Signal<boolean>;
  children: ComponentChildren;
}

/** A modal window; Escape and a click beside it close it. */
export function Dialog({ title, open, children }: DialogProps) {
  const box = useRef<HTMLDialogElement>(null);
  const id = useId();
  // Where a press began: a selection that is drawn out of the window ends beside it.
  const pressed = useRef(false);
  // The page may be left while it is open.
  useEffect(() => () => void (open.value = false), []);
  useEffect(() => {
    if (open.value) box.current?.showModal();
    else box.current?.close();
  }, [open.value]);
  return (
    <dialog
      class="dialog"
      ref={box}
      aria-labelledby={id}
      onClose={() => void (open.value = false)}
      onPointerDown={(event) => void (pressed.current = isBeside(event))}
      onClick={(event) => void (pressed.current && isBeside(event) && (open.value = false))}
    >
      {open.value && (
        <>
          <header>
            <h2 id={id}>{title}</h2>
            <button
              class="button icon"
              aria-label="Close"
              onClick={() => void (open.value = false)}
            >
              <Icon name="close" />
            </button>
          </header>
          {children}
        </>
      )}
    </dialog>
  );
}

/** Whether it is on the ground around a window, and not on the window's own edge. */
function isBeside({ target, currentTarget, clientX, clientY }: MouseEvent): boolean {
  if (target !== currentTarget) return false;
  const { left, right, top, bottom } = (currentTarget as Element).getBoundingClientRect();
  return clientX < left || clientX > right || clientY < top || clientY > bottom;
}
