"""What a browser may say about endpoints."""

from __future__ import annotations

from django import forms
from django.conf import settings

from apps.webhooks.addresses import AddressError, networks, require_sensible
from apps.webhooks.models import Endpoint, Event


class EndpointForm(forms.ModelForm):  # type: ignore[type-arg]  # not generic at run time
    """Name, address and events; whether the address can be posted to is asked again at each try."""

    events = forms.MultipleChoiceField(choices=Event, widget=forms.CheckboxSelectMultiple)

    class Meta:
        model = Endpoint
        fields = ("name", "url", "events")
        labels = {"url": "Address"}
        help_texts = {"url": "https://…, where events are posted to"}
        widgets = {
            "name": forms.TextInput(attrs={"autocomplete": "off"}),
            "url": forms.TextInput(attrs={"autocomplete": "off", "inputmode": "url"}),
        }

    def clean_url(self) -> str:
        url: str = self.cleaned_data["url"]
        try:
            require_sensible(url, listed=networks(settings.WINNOW_WEBHOOK_NETWORKS))
        except AddressError as error:
            raise forms.ValidationError(str(error)) from error
        return url
