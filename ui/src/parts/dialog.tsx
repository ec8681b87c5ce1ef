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
      onClick={(event) => void (event.target === box.current && (open.value = false))}
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
