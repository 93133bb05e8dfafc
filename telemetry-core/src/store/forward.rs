//! Stores behind a pointer are stores: every method is handed on, none is answered here.

use core::time::Duration;
use std::sync::Arc;

use super::{Drained, SendGuard, Store, StoreError, Stored};
use crate::consent::{FaultKind, Receipt};

macro_rules! forward {
    ($($pointer:ident),+) => {$(
        impl<S: Store + ?Sized> Store for $pointer<S> {
            fn load(&self) -> Result<Stored, FaultKind> {
                (**self).load()
            }

            fn update(
                &self,
                change: &mut dyn FnMut(Result<Stored, FaultKind>) -> Option<Stored>,
            ) -> Result<(), StoreError> {
                (**self).update(change)
            }

            fn share(&self) -> Result<Box<dyn SendGuard + '_>, StoreError> {
                (**self).share()
            }

            fn drain(&self, patience: Duration) -> Result<Drained, StoreError> {
                (**self).drain(patience)
            }

            fn receipts(&self) -> Result<Vec<Option<Receipt>>, StoreError> {
                (**self).receipts()
            }
        }
    )+};
}

forward!(Box, Arc);
